"The package's metadata and requirements, read from settings.ini."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
parser = ConfigParser()
parser.read(here/"settings.ini", encoding="utf-8")
cfg = parser["DEFAULT"]


def lines(key):  # a key of settings.ini whose value is one item a line
    return [line.strip() for line in cfg[key].splitlines() if line.strip()]


extras = {key.removesuffix("_requirements"): lines(key) for key in cfg if key.endswith("_requirements")}
notebooks = f"{cfg['git_url']}/blob/{cfg['branch']}/nbs"
pictures = f"https://raw.githubusercontent.com/{cfg['user']}/{cfg['repo']}/{cfg['branch']}/nbs/images"
readme = (here/"README.md").read_text(encoding="utf-8")
for there, address in (("](nbs/images/", pictures), ("](nbs/", notebooks)):
    readme = readme.replace(there, f"]({address}/")
python_minors = range(int(cfg["min_python"].split(".")[1]), 14)

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=readme,
    long_description_content_type="text/markdown",
    author=cfg["author"],
    license=cfg["license"],
    keywords=cfg["keywords"],
    url=cfg["git_url"],
    project_urls={"Repository": cfg["git_url"], "Documentation": cfg["doc_url"]},
    python_requires=f">={cfg['min_python']}",
    install_requires=lines("requirements"),
    extras_require=extras,
    entry_points={"console_scripts": lines("console_scripts")},
    packages=[*find_packages(include=["carlearn", "carlearn.*"]), "carlearn.data_samples"],
    package_dir={"carlearn.data_samples": "data_samples"},
    package_data={"carlearn": ["models/*.safetensors", "models/*.json", "models/*.toml", "templates/*",
                               "templates/voila/templates/carlearn/*",
                               "results/*/*", "results/*/*/*.txt"],
                  "carlearn.data_samples": ["*/*.jpg", "*/*.png", "*/*.json", "*.json", "*.csv"]},
    classifiers=["Intended Audience :: Education", "Intended Audience :: Science/Research",
                 "Topic :: Scientific/Engineering :: Image Recognition",
                 *(f"Programming Language :: Python :: 3.{n}" for n in python_minors)],
)
