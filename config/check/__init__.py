"""`registrar rules check`: everything that is wrong or doubtful about a rule file, in one run, each with its place.

    run         reads the file and asks every check below; what cannot be read at all is config/policy.py's to tell
    findings    what a check hands back, and the report of them all
    codes       the closed list of what can be found
    looked_at   one policy with the nodes it was read from: where a setting stands, whether it was written
    conditions  conditions that never or always hold, alone and together with those around them
    requirements  demands that no claim can meet at once, rules that say the same twice
    words       texts in conditions that their fact can never have
    choices     tables, bands and lists: lines never reached, gaps, overlaps, cases without a value
    programmes  overlays that another hides, gaps and overlaps between their dates
    times       lengths of time that contradict each other
    order       precedence, priority and second places: ties no ground breaks, grounds with nothing to stand on
    rewards     rewards that nobody can get, limits that exclude each other
    sizes       thresholds, quotas, evidence and approval against each other
    names       facts, reason codes and milestones that are declared and never used
    unused      settings that have no effect beside another
    mapped      what the rules ask for and no connection's mapping provides

A check is a function from a policy (looked_at.LookedAt) to findings; a new one is one function and one line in run.CHECKS.
"""
