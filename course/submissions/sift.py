"SIFT and RANSAC as lesson 03 has them, without carlearn; refuses where few matches agree."
import cv2
import numpy as np


def align(pre, post):
    sift = cv2.SIFT_create(2000)
    grey = [cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) for photo in (pre, post)]
    (here, a), (there, b) = (sift.detectAndCompute(g, None) for g in grey)
    if a is None or b is None or len(a) < 4 or len(b) < 2:
        return None
    pairs = [m for m, n in cv2.BFMatcher().knnMatch(a, b, k=2) if m.distance < .75*n.distance]
    if len(pairs) < 15:
        return None
    source = np.float32([here[m.queryIdx].pt for m in pairs])
    target = np.float32([there[m.trainIdx].pt for m in pairs])
    H, inliers = cv2.findHomography(source, target, cv2.RANSAC, 3.)
    return H if H is not None and inliers.sum() >= 15 else None
