"""Render the pairs of data_samples.

    python tools/render_scenes.py [--pair NAME]... [--spp 48] [--out data_samples] [--cache build/scenes]
        [--again]

A pair that is complete is left alone unless --again is given; of an unfinished one, each view that lies in
the cache is kept, so a stopped run goes on where it was. A view at full size takes some minutes on two
cores. Needs `pip install "carlearn[render]"`; where that brings pyoidn (Linux), the photos are denoised by
Open Image Denoise."""
import argparse, json, time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tqdm import tqdm

from carlearn.scenes.damages import Dent, Scratch, Scuff, severity
from carlearn.scenes.rendering import PARTS, Car, Setting, exposed, shoot
from carlearn.scenes.styles import CarShape
from carlearn.scenes.viewpoints import KIND, TRUTH, depth_code, save, write_jpeg, write_png

BLUE = Car(paint=(.006, .018, .075), metallic=.10, flake=(.08, .17, .45), dirt=1)
WHITE = Car(CarShape(plate="CL 27 AXK"), paint=(.66, .66, .64), dirt=2)
SILVER = Car(CarShape(plate="CL 51 RWB"), paint=(.20, .21, .22), metallic=.35, flake=(.5, .51, .53), dirt=3)
RED = Car(CarShape(plate="CL 63 TNU"), paint=(.30, .007, .010), dirt=4)
GREEN = Car(CarShape(length=4.42, height=1.53, width=1.76, wheelbase=2.6, spokes=7, plate="NB 94 ZDF"),
            paint=(.02, .075, .05), metallic=.15, flake=(.2, .42, .3), dirt=5)
GRAPHITE = Car(CarShape(plate="CL 77 OHM"), paint=(.035, .037, .042), metallic=.15, flake=(.30, .31, .33),
               dirt=6)


def orbit(azimuth, distance, height, target=(0, 0, .62)):
    a = np.radians(azimuth)
    eye = (target[0] + distance*np.cos(a), target[1] + distance*np.sin(a), height)
    return tuple(np.round(eye, 4).tolist())


def view(azimuth, distance, height, target=(0, 0, .62), **more):
    return Setting(eye=orbit(azimuth, distance, height, target), target=target, **more)


# name -> what it is, car (or cars), damages as (when, damage), pre, post
PAIRS = {
    "front_left": dict(
        what="Front left three-quarter view in a car park; "
             "a new dent in the front door and a new scratch on the rear door.",
        car=BLUE,
        damages=[("new", Dent("side", (.50, .62), depth=.022, radii=(.17, .14))),
                 ("new", Scratch("left", ((-.25, .70), (-.55, .655), (-.80, .64)), .0065, 11))],
        pre=view(40, 6.3, 1.62, (.15, 0, .60), sun=(75, 46), strength=7, clouds=.35, place_seed=1, seed=11),
        post=view(46, 5.9, 1.55, (.1, .05, .62), roll=.8, sun=(20, 60), strength=6, clouds=.55,
                  exposure=.88, warmth=.3, place_seed=2, turn=180, seed=12)),
    "rear_right": dict(
        what="Rear right three-quarter view, car park then street; "
             "an old scuff on the bumper and nothing new.",
        car=WHITE,
        damages=[("old", Scuff("rear", (.80, .56), (.15, .05), right=True, seed=3))],
        pre=view(-142, 6.2, 1.55, (-.1, 0, .62), sun=(-100, 50), strength=7, clouds=.4, place_seed=3,
                 seed=21),
        post=view(-138, 6.4, 1.66, (-.1, 0, .60), roll=-.7, sun=(-175, 58), strength=5, clouds=.6,
                  place="street", place_seed=1, exposure=1.08, warmth=-.3, seed=22)),
    "left_side": dict(
        what="Left side, street then car park; an old scratch on both photos, a new dent and a new scuff.",
        car=SILVER,
        damages=[("old", Scratch("left", ((.80, .66), (.55, .60), (.32, .585)), .006, 5)),
                 ("new", Dent("side", (-.55, .60), depth=.016, radii=(.15, .12))),
                 ("new", Scuff("side", (-1.82, .62), (.15, .07), seed=8))],
        pre=view(88, 7.4, 1.42, (-.08, 0, .66), sun=(118, 52), strength=7, clouds=.45, place="street",
                 place_seed=4, seed=31),
        post=view(92.5, 7.0, 1.52, (-.12, 0, .64), roll=.6, sun=(55, 52), strength=6.5, clouds=.3,
                  place_seed=5, turn=90, warmth=.2, exposure=.95, seed=32)),
    "other_car": dict(
        what="Two different cars, red and green, in two places: there is nothing to align.",
        car=RED, other=GREEN, damages=[],
        pre=view(36, 6.3, 1.55, (.1, 0, .60), sun=(85, 48), strength=7, clouds=.4, place="forecourt",
                 place_seed=6, seed=41),
        post=view(66, 6.0, 1.45, (.1, 0, .66), sun=(10, 56), strength=6, clouds=.6, place="street",
                  place_seed=2, turn=180, seed=42)),
    "door_close_up": dict(
        what="Close-up of the left doors, nearly a plane; a new scratch.",
        car=RED,
        damages=[("new", Scratch("left", ((.34, .66), (.05, .60), (-.10, .59)), .0035, 9))],
        pre=view(90, 2.15, .98, (.12, .88, .56), fov=40, sun=(120, 48), strength=6.5, clouds=.5,
                 place_seed=7, turn=90, seed=51),
        post=view(92.5, 2.1, 1.0, (.13, .88, .565), fov=40, roll=1., sun=(108, 50), strength=6.5,
                  clouds=.45, place_seed=8, turn=90, exposure=.95, warmth=.15, seed=52)),
    "front": dict(
        what="Front view, car park then forecourt; a new scuff on the bumper.",
        car=RED,
        damages=[("new", Scuff("front", (.66, .45), (.17, .06), seed=6))],
        pre=view(6, 5.0, 1.35, (1., 0, .62), fov=36, sun=(50, 50), strength=7, clouds=.4, place_seed=3,
                 seed=61),
        post=view(-1, 4.7, 1.45, (1., .02, .60), fov=36, roll=-.8, sun=(-20, 58), strength=6, clouds=.55,
                  place="forecourt", place_seed=8, warmth=-.2, exposure=1.05, seed=62)),
    "large_change": dict(
        what="Front right three-quarter view, 13 degrees farther round the car at return; two new dents.",
        car=GRAPHITE,
        damages=[("new", Dent("side", (.45, .58), right=True, depth=.030, radii=(.20, .16))),
                 ("new", Dent("side", (-.55, .68), right=True, depth=.016, radii=(.12, .10)))],
        pre=view(-46, 6.1, 1.50, (.05, 0, .60), sun=(-80, 48), strength=7, clouds=.35, place="forecourt",
                 place_seed=9, turn=180, seed=71),
        post=view(-59, 5.9, 1.62, (.0, 0, .62), roll=1., sun=(-30, 58), strength=6.5, clouds=.55,
                  place="car park", place_seed=4, turn=90, exposure=.92, seed=72)),
}


def save_light(path, light):
    with path.open("wb") as file:
        np.savez_compressed(file, light=light.astype(np.float16))


def recipe(pair, name, spp):
    "All that a view is made from, as text; a view in the cache made from other things is outdated."
    return repr((pair[name], pair["car"], pair.get("other"), pair["damages"], spp))


def render_view(pair, name, folder, cache, spp):
    "Render one view into the folder, and its light and record into the cache."
    setting, car = pair[name], pair.get("other", pair["car"]) if name == "post" else pair["car"]
    damages = [(k + 1, d) for k, (when, d) in enumerate(pair["damages"]) if name == "post" or when == "old"]
    start, bar = time.perf_counter(), tqdm(total=spp//8, desc=f"{folder.name}/{name}", unit="pass")
    shot = shoot(car, damages, setting, spp=spp, progress=lambda k, n: bar.update(1))
    bar.close()
    camera = shot["camera"]
    code, scale, offset = depth_code(shot["depth"])
    for kind in TRUTH:
        save(folder/f"{name}_{kind}.png", write_png(code if kind == "depth" else shot[kind]))
    save(cache/f"{folder.name}_{name}.npz", lambda p: save_light(p, shot["light"]))
    entry = dict(width=camera.width, height=camera.height,
                 K=camera.K.tolist(), R=camera.R.tolist(), t=camera.t.tolist(),
                 depth_scale=scale, depth_offset=offset, **asdict(setting), **asdict(car), spp=spp,
                 denoiser=shot["denoiser"], sizes=shot["sizes"], recipe=recipe(pair, name, spp))
    save(cache/f"{folder.name}_{name}.json", lambda p: p.write_text(json.dumps(entry)))
    print(f"{folder.name}/{name}: {time.perf_counter() - start:.0f} s", flush=True)


def view_record(pair, name, folder, cache, spp):
    "The entry of one view for pair.json; rendered if the cache has it not, developed from its light."
    light, entry = cache/f"{folder.name}_{name}.npz", cache/f"{folder.name}_{name}.json"
    truth = [folder/f"{name}_{kind}.png" for kind in TRUTH]
    there = all(p.exists() for p in (light, entry, *truth))
    if not there or json.loads(entry.read_text()).get("recipe") != recipe(pair, name, spp):
        render_view(pair, name, folder, cache, spp)
    photo = exposed(np.load(light)["light"].astype(np.float32), pair[name])
    save(folder/f"{name}.jpg", write_jpeg(photo))
    return json.loads(entry.read_text())


def damage_records(pair, sizes):
    "The damages of a pair for pair.json: number, kind, severity, old or new, and physical size."
    records = []
    for k, (when, d) in enumerate(pair["damages"], 1):
        kind = KIND[type(d).__name__]
        records.append(dict(id=k, damage=kind, severity=severity(kind, **sizes[k]), when=when, **sizes[k]))
    return records


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("data_samples"), help="where the pairs go")
    parser.add_argument("--cache", type=Path, default=Path("build/scenes"),
                        help="where the light of each view is kept")
    parser.add_argument("--pair", action="append", choices=PAIRS,
                        help="only this pair; may be given more than once")
    parser.add_argument("--spp", type=int, default=48, help="samples for each pixel")
    parser.add_argument("--again", action="store_true", help="write complete pairs once more")
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    for name in args.pair or PAIRS:
        pair, folder = PAIRS[name], args.out/name
        if (folder/"pair.json").exists() and not args.again:
            print(f"{name}: complete")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        views = {v: view_record(pair, v, folder, args.cache, args.spp) for v in ("pre", "post")}
        sizes = {int(k): v for view in views.values() for k, v in view.pop("sizes").items()}
        record = dict(name=name, what=pair["what"], same_car="other" not in pair,
                      parts=dict(enumerate(PARTS)), damages=damage_records(pair, sizes), **views)
        save(folder/"pair.json", lambda p, record=record: p.write_text(json.dumps(record, indent=1) + "\n"))


if __name__ == "__main__":
    main()
