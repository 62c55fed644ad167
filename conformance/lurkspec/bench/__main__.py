"""python3 -m lurkspec.bench [quick]"""

from .command import main

main()
