"""The simulator's first ring: the real engine between two simulated CRMs at the connector port, by seed.

    python -m tests.simulation --seeds 200            many worlds; the first violation of each is printed, exit 1
    python -m tests.simulation --seed 17              one world with its whole trace

options.py draws what a seed's world is like, seams.py disturbs the daemon at its seams, world.py plays, oracle.py judges,
trace.py remembers. Other rings (real client libraries, real processes) are other packages' matter.
"""
