"python -m carlearn"
from carlearn.cli import main

main()
