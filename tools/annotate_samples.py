"""Write the VIA files of data_samples from the rendered truth: each damage of each photo as a polygon, as a careful annotator would draw it.

    python tools/annotate_samples.py    data_samples/via_1x.json, via_2x.json, via.csv; run it after tools/render_scenes.py"""
import cv2
import numpy as np

from carlearn.annotated import AnnotatedPhoto, Annotations
from carlearn.core import samples_path
from carlearn.regions import Region, trace
from carlearn.scenes import scene_pairs
from carlearn.via import write_via

GAP = 15          # px; pieces of one damage that lie closer are drawn around as one
TOLERANCE = .7    # px between the outline and the polygon


def polygons(mask):
    "One Region a piece of the mask, unlabelled; around a scratch of a pixel's width the polygon leaves a pixel of room, as a person does."
    mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GAP, GAP)))
    if cv2.erode(mask, np.ones((3, 3))).sum() < .2*mask.sum(): mask = cv2.dilate(mask, np.ones((3, 3)))
    for outline in trace(mask):
        points = cv2.approxPolyDP(outline.astype(np.float32)[:, None], TOLERANCE, True)[:, 0]
        yield Region("polygon", points.astype(int).ravel().tolist())


def annotate(pair, view):
    "The AnnotatedPhoto of one view of a pair."
    path = view.folder/f"{view.name}.jpg"
    regions = [Region(r.shape, r.numbers, d["damage"], {"damage": d["damage"], "severity": d["severity"], "when": d["when"]})
               for d in pair.damages for r in polygons(view.damage == d["id"])]
    return AnnotatedPhoto(f"{pair.name}/{view.name}.jpg", regions, samples_path(), path.stat().st_size, attributes={"scene": pair.name, "taken": "pick-up" if view.name == "pre" else "return"})


def main():
    annotations = Annotations([annotate(pair, view) for pair in scene_pairs() for view in (pair.pre, pair.post)])
    for name, form in (("via_1x.json", "1"), ("via_2x.json", "2"), ("via.csv", "csv")): print(write_via(samples_path()/name, annotations, form))


if __name__ == "__main__": main()
