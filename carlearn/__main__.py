"python -m carlearn"
from carlearn.cli.main import main

main()
