"""Render the views of bench/: twelve cars, five photos each, and write bench/bench.json and bench/SHA256SUMS.

    python tools/render_bench.py [--out bench] [--cache build/bench] [--spp 32] [--car NAME]... [--truth]
        [--list]

Views that lie in the cache are kept, so a stopped run goes on where it was. Needs `pip install
"carlearn[render]"`. The cars, places and seeds below 1000 are the benchmark's alone:
carlearn.scenes.training_views draws from 1000 upwards and never from the places of the test split."""
import argparse
import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from render_scenes import save_light
from tqdm import tqdm

from carlearn.scenes.body import Loft
from carlearn.scenes.breakage import random_distractor
from carlearn.scenes.rendering import Setting, exposed, shoot
from carlearn.scenes.pairs import PANELS
from carlearn.scenes.damages import RULES
from carlearn.scenes.viewpoints import (
    CLOSE_UPS, TRUTH, close_up, faces, random_car, random_damages, random_light, save, station, write_jpeg,
    write_truth,
)

SPREAD = (0., 3., 11., 20., 38.)                  # degrees round the car from the first view to each
STATE = ("old", "new", "new", "old", "new")       # "old": as at pick-up; "new": with the new damage as well


# name: split, style, paint, station, seed,
#     the first place (kind, seed), the second, the lights of the five views
PLAN = {
    "dev_saloon": ("dev", "saloon", "graphite metallic", "front left", 11,
        ("car park", 21), ("depot", 22), ("sun", "sun", "overcast", "haze", "sun")),
    "dev_hatchback": ("dev", "hatchback", "yellow", "front left", 12,
        ("depot", 23), ("deck", 24), ("haze", "haze", "sun", "overcast", "night")),
    "dev_estate": ("dev", "estate", "blue metallic", "rear right", 13,
        ("deck", 25), ("car park", 26), ("overcast", "overcast", "overcast", "sun", "haze")),
    "dev_suv": ("dev", "suv", "pearl white", "left", 14,
        ("depot", 27), ("car park", 28), ("sun", "sun", "sun", "overcast", "night")),
    "dev_van": ("dev", "van", "red", "front", 15,
        ("car park", 29), ("deck", 30), ("sun", "sun", "haze", "overcast", "sun")),
    "dev_close_up": ("dev", "hatchback", "grey", "close-up: front door", 16,
        ("depot", 31), ("car park", 32), ("haze", "haze", "sun", "sun", "overcast")),
    "test_saloon": ("test", "saloon", "white", "rear left", 51,
        ("street", 61), ("workshop", 62), ("sun", "sun", "haze", "overcast", "sun")),
    "test_hatchback": ("test", "hatchback", "pearl green", "front right", 52,
        ("forecourt", 63), ("street", 64), ("overcast", "overcast", "sun", "haze", "night")),
    "test_estate": ("test", "estate", "black", "right", 53,
        ("street", 65), ("forecourt", 66), ("haze", "haze", "haze", "sun", "overcast")),
    "test_suv": ("test", "suv", "silver metallic", "front right", 54,
        ("workshop", 67), ("forecourt", 68), ("sun", "sun", "sun", "sun", "overcast")),
    "test_van": ("test", "van", "grey", "rear", 55,
        ("forecourt", 69), ("workshop", 70), ("sun", "sun", "overcast", "sun", "haze")),
    "test_close_up": ("test", "saloon", "red", "close-up: rear quarter", 56,
        ("street", 71), ("forecourt", 72), ("overcast", "overcast", "haze", "sun", "night")),
}


def _viewpoint(where, shape): # (Viewpoint, where damage must be for a close-up or None)
    if not where.startswith("close-up: "):
        return station(shape, where), None
    what = where.removeprefix("close-up: ")
    return close_up(Loft(shape), what, False, 2.1), CLOSE_UPS[what]


def _distractors(rng, azimuth, start, near, sunny): # numbered distractors of one view
    end, right = faces(azimuth)[0]
    choice = ("dirt", "drops", "leaf", "sticker", "reflection", *(("shadow",) if sunny else ()))
    count = int(rng.integers(0, 3))
    busy = [random_distractor(str(rng.choice(choice)), end, right, rng, start, near) for _ in range(count)]
    return list(enumerate(busy, 1))


def _moved(base, turn, rng): # the Viewpoint, turned by degrees and changed a little
    return base.moved(turn, rng.uniform(.93, 1.07), rng.uniform(-.12, .15), rng.uniform(.93, 1.08),
                      rng.uniform(-2., 2.))


def plan(name):
    """All that the five views of one car depend on.

    A tuple: car, numbered damages with their state, list of (setting, state, numbered distractors)."""
    _, style, paint, where, seed, first, second, lights = PLAN[name]
    rng, car = np.random.default_rng([seed, 4]), random_car(style, paint, seed)
    base, near = _viewpoint(where, car.shape)
    start, azimuth = base.azimuth - 19., base.azimuth % 360
    old, new = int(rng.integers(1, 3)), int(rng.integers(1, 4))
    kinds = ("dent", "scratch", "scuff") if where.startswith("close-up") else tuple(RULES)
    damages = random_damages(azimuth, old + new, rng, kinds, near)
    damages = [(k, d, "old" if k <= old else "new") for k, d in enumerate(damages, 1)]
    turns = (int(rng.integers(4)), int(rng.integers(4)))
    views, lit = [], {}
    for k, (offset, state, light) in enumerate(zip(SPREAD, STATE, lights, strict=True)):
        place, place_seed = first if k < 3 else second
        view = _moved(base, start - base.azimuth + offset, rng)
        key = (place, light) if k < 3 else k
        lit.setdefault(key, random_light(light, rng, azimuth))   # the same light is the very same sun and sky
        setting = Setting(view.eye, view.target, round(view.fov, 4), round(view.roll, 3), place, place_seed,
                          90.*turns[k > 2], seed=seed*10 + list(lit).index(key), **lit[key])
        sunny = light in ("sun", "haze") and place not in ("workshop", "deck")
        views.append((setting, state, _distractors(rng, view.azimuth, azimuth, near, sunny)))
    return car, damages, views


def recipe(name, k):
    "All that view k of a car is made from, as text; a view in the cache made from other things is outdated."
    car, damages, views = plan(name)
    return repr((car, damages, views[k]))


def fresh(name, k, cache, spp):
    "Whether the cache has this very view."
    path = cache/f"{name}_{k}.json"
    if not path.exists():
        return False
    entry = json.loads(path.read_text())
    return (entry.get("recipe"), entry["spp"]) == (recipe(name, k), spp)


def render(name, k, cache, spp, light=True):
    "Render view k of a car into the cache; without light, its truth alone."
    car, damages, views = plan(name)
    setting, state, busy = views[k]
    shown = [(n, d) for n, d, when in damages if state == "new" or when == "old"]
    start = time.perf_counter()
    shot = shoot(car, shown, setting, spp=spp, distractors=busy, light=light)
    stem = f"{name}_{k}"
    entry = dict(car=name, split=PLAN[name][0], state=state, recipe=recipe(name, k), light=PLAN[name][7][k],
                 spp=spp, denoiser=shot.get("denoiser"))
    if not light:    # the photo in the cache stays, and with it how it was made
        there = json.loads((cache/f"{stem}.json").read_text())
        entry |= {key: there[key] for key in ("spp", "denoiser") if key in there}
    entry = write_truth(shot, setting, damages, busy, cache, stem) | entry
    if light:
        save(cache/f"{stem}.npz", lambda p: save_light(p, shot["light"]))
    save(cache/f"{stem}.json", lambda p: p.write_text(json.dumps(entry)))
    return time.perf_counter() - start


def develop_all(out, cache, names):
    "Photos from their light, and bench.json."
    (out/"views").mkdir(parents=True, exist_ok=True)
    views, cars = {}, {}
    for name in names:
        car, _, planned = plan(name)
        what = ("split", "style", "paint_name", "station", "seed")
        cars[name] = asdict(car) | dict(zip(what, PLAN[name][:5], strict=True))
        for k, (setting, _, _) in enumerate(planned):
            stem = f"{name}_{k}"
            photo = exposed(np.load(cache/f"{stem}.npz")["light"].astype(np.float32), setting)
            save(out/"views"/f"{stem}.jpg", write_jpeg(photo))
            for kind in TRUTH:
                png = (cache/f"{stem}_{kind}.png").read_bytes()
                save(out/"views"/f"{stem}_{kind}.png", lambda p, png=png: p.write_bytes(png))
            views[stem] = json.loads((cache/f"{stem}.json").read_text())
    record = dict(version=1, panels=list(PANELS), cars=cars, views=views)
    save(out/"bench.json", lambda p: p.write_text(json.dumps(record, indent=1) + "\n"))
    ends = (".jpg", *(f"_{kind}.png" for kind in TRUTH))
    files = sorted([out/"bench.json", *(out/"views"/f"{stem}{end}" for stem in views for end in ends)])
    digest = lambda file: hashlib.sha256(file.read_bytes()).hexdigest()
    sums = "".join(f"{digest(f)}  {f.relative_to(out).as_posix()}\n" for f in files)
    save(out/"SHA256SUMS", lambda p: p.write_text(sums))
    print(f"{len(views)} views, {sum(f.stat().st_size for f in files)/1e6:.1f} MB")


def listing(name):
    "What would be rendered of a car: its damages and its views, a line each."
    _, damages, views = plan(name)
    lines = [f"{when}: {d}" for _, d, when in damages]
    for s, state, busy in views:
        sky = "night" if s.night else f"{s.clouds} clouds"
        lines.append(f"{s.place} {s.place_seed}, {sky}, {state}, {[d.kind for _, d in busy]}")
    return " \n  ".join([name, *lines])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("bench"), help="where the benchmark goes")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"),
                        help="where the light of each view is kept")
    parser.add_argument("--car", action="append", choices=PLAN,
                        help="only this car; may be given more than once")
    parser.add_argument("--spp", type=int, default=32, help="samples for each pixel")
    parser.add_argument("--truth", action="store_true",
                        help="compute the truth of what is rendered once more; photos stay")
    parser.add_argument("--list", action="store_true", help="say what would be rendered, and stop")
    args = parser.parse_args()
    names = args.car or list(PLAN)
    if args.list:
        for name in names:
            print(listing(name))
        return
    args.cache.mkdir(parents=True, exist_ok=True)
    todo = [(name, k) for name in names for k in range(5)
            if fresh(name, k, args.cache, args.spp) == args.truth]
    for name, k in (bar := tqdm(todo, unit="view")):
        seconds = render(name, k, args.cache, args.spp, not args.truth)
        bar.set_postfix_str(f"{name}_{k}, {seconds:.0f} s")
    if not args.car:
        develop_all(args.out, args.cache, names)


if __name__ == "__main__":
    main()
