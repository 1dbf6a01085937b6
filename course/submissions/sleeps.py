"Never answers, and takes no CPU meanwhile."
import time


def align(pre, post):
    time.sleep(10**6)
