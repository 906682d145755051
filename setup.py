"""What a wheel of the app carries; pyproject.toml has everything else.

Knows that assets/ of a checkout becomes the package's folder scale_core/assets. Leaves out what
only vLLM, the trainer and the README use.
"""

from setuptools import find_packages, setup

ASSETS = "scale_core.assets"

setup(
    packages=[*find_packages(include=["scale_core*"]), ASSETS],
    package_dir={ASSETS: "assets"},
    package_data={
        "scale_core": ["dialects/abacus/*.txt", "store/migrations/**/*.py"],
        ASSETS: ["**/*"],
    },
    exclude_package_data={ASSETS: ["abacus/hf/*", "*.png", "**/*.png"]},
    include_package_data=False,
)
