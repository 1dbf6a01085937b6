"""Typical wrong answers to the course's exercises: what is changed in the solution, into what, and words of
the hint that a student then reads."""

WRONG = {
    "carry": [
        ("q[:, :2]/q[:, 2:]", "q[:, :2]", "divide by the third number"),
        ("@ H.T", "@ H", "H stands left of the point"),
        ("return q", "q", "does your function end in `return`"),
    ],
    "difference": [
        ("one.astype(float)", "one", "uint8 has no number below 0"),
        ("np.abs(one.astype(float) - other)", "(one.astype(float) - other)", "take abs"),
        ("np.abs(one.astype(float) - other).mean(2)", "np.abs((one.astype(float) - other).mean(2))",
         "Take abs before the mean"),
        (".mean(2)", ".max(2)", "not largest"),
    ],
    "outline_iou": [
        ("(a | b).sum()", "a.sum() + b.sum()", "counted twice"),
        ("(a | b).sum()", "a.sum()", "the share of the first outline"),
        ("else np.nan", "else 0.", "neither 0 nor 1 but no number"),
        ("return (a & b)", "(a & b)", "does your function end in `return`"),
    ],
    "two_outlines": [
        ("second = [", "second = first or [", "the two outlines are equal"),
        ("first = [(231, 199)", "first = [(231, 199), (400, 400)", "stay close to it"),
        ("first = [", "first = [(199, 231), (230, 415), (229, 350)] or [", "exchange x and y"),
    ],
    "agreement": [
        ("left[row], left[:, column] = -1, -1", "left[row, column] = -1", "matched only once"),
        ("left.max() >= threshold", "left.max() > threshold", "reaches a threshold of .5"),
        ("left.size and ", "", "your code raised ValueError"),
    ],
    "anchors": [
        ("x + .5, y + .5", "x, y", "half a stride"),
        ("size/ratio**.5, size*ratio**.5", "size*ratio**.5, size/ratio**.5", "height over width"),
        ("size/ratio**.5, size*ratio**.5", "size, size*ratio", "one area"),
        ("(w/2, h/2), *middle + (w/2, h/2)", "(w, h), *middle + (w, h)", "16 px to each side"),
        ("ndindex(height, width)", "ndindex(width, height)", "exchanged"),
    ],
    "nms": [
        ("overlaps[k, kept] >", "overlaps[k, [j for j in range(len(scores)) if scores[j] > scores[k]]] >",
         "can suppress nobody"),
        ("argsort(-scores)", "argsort(scores)", "Start with the best score"),
        ("argsort(-scores)", "arange(len(scores))", "The best comes first"),
        ("not (overlaps", "(overlaps", "Nobody is kept"),
    ],
}
