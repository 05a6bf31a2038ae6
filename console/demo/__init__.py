"""`registrar demo`: the whole job on two simulated CRMs, reached over loopback through the real client libraries.

run.py tells the story, stage.py sets the scene, agreement.py holds both CRMs against the ledger, cost.py counts the calls
against the least possible, show.py prints.
"""

from __future__ import annotations

from console.demo.run import Wanted, run

__all__ = ["Wanted", "run"]
