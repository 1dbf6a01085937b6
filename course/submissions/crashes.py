"A mistake that the grader must survive: photos have no attribute `width`."


def align(pre, post):
    return pre.width
