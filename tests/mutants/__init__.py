"""Planted bugs, and the proof that the simulator finds each: the oracle needs testing as much as the code does.

    python -m tests.mutants                     all of them; a table, exit 1 when one survives its budget of worlds
    python -m tests.mutants --only no_lease     some
    python -m tests.mutants --only no_lease --seed 25     one world with one bug, with its trace

A bug is one function of the product replaced at run time in a process of its own (patching.py); no file is ever changed.
planted.py has the classics, own.py what this product could get wrong; catalogue.py lists them.
"""
