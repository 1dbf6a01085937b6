"The plain way: align, subtract, and box what differs. What it cannot know is which differences are damage."
import carlearn
import cv2
import numpy as np

BLUR = 2         # px; below that alignment is not exact
THRESHOLD = 32   # grey levels
SMALLEST = 80    # px: less is noise, or an edge that is a pixel off


def even(photo):
    "Grey levels without slow changes of light."
    grey = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (0, 0), BLUR).astype(np.float32)
    return grey - cv2.GaussianBlur(grey, (0, 0), 15*BLUR)


def find_new(pre, post):
    found = carlearn.align(pre, post, method="tuned")
    if found.H is None:
        return []                                    # nothing to compare: no claim
    inside = cv2.erode(found.valid.astype(np.uint8), np.ones((15, 15)))
    changed = (np.abs(even(found.warp(pre)) - even(post)) > THRESHOLD) & (inside > 0)
    joined = cv2.dilate(changed.astype(np.uint8), np.ones((5, 5)))
    _, _, parts, _ = cv2.connectedComponentsWithStats(joined)
    return [part[:4].tolist() for part in parts[1:] if part[4] >= SMALLEST]
