"""Write the VIA files of data_samples from the rendered truth: each damage of each photo as a polygon, as a
careful annotator would draw it.

    python tools/annotate_samples.py    data_samples/via_1x.json, via_2x.json, via.csv; run it after
        tools/render_scenes.py"""
from carlearn.scenes.benchmark_pairs import damage_annotations
from carlearn.core.samples import samples_path
from carlearn.scenes.pairs import scene_pairs
from carlearn.annotations.via import write_via


def main():
    views = [(view, pair.damages) for pair in scene_pairs() for view in (pair.pre, pair.post)]
    annotations = damage_annotations(views, samples_path())
    for photo in annotations.photos:
        taken = "pick-up" if photo.filename.endswith("pre.jpg") else "return"
        photo.attributes |= {"scene": photo.filename.split("/")[0], "taken": taken}
    for name, form in (("via_1x.json", "1"), ("via_2x.json", "2"), ("via.csv", "csv")):
        print(write_via(samples_path()/name, annotations, form))


if __name__ == "__main__":
    main()
