"""Thousands of random servers, in simulated time: what the program shows may not differ from a model of the server.

    PYTHONPATH=tests .venv/bin/python -m tools.differential --seeds 2000

Half of the servers are as documented, a quarter of them fail at times, a quarter are odd. It takes about a second for
fifteen seeds, and ends with status 1 if there was a difference. `--profile sound --first 27 --seeds 1` runs one seed.
"""

import argparse
import logging
import sys
import time

from watch.differential.scenario import Profile, Scenario

SHARES = {Profile.SOUND: 0.5, Profile.FAULTY: 0.25, Profile.ODD: 0.25}


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.differential", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="number of seeds, of all profiles together")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--profile", choices=[profile.value for profile in Profile], help="servers of this kind only")
    options = parser.parse_args()
    logging.disable()  # what a server ignores is logged
    shares = {Profile(options.profile): 1.0} if options.profile else SHARES
    began, differing = time.process_time(), 0
    for profile, share in shares.items():
        for seed in range(options.first, options.first + max(1, int(share * options.seeds))):
            scenario = Scenario(seed, profile).run()
            differing += bool(scenario.differences)
            for words in scenario.differences[:3]:
                print(words)
    print(f"{differing} seeds differ; {time.process_time() - began:.0f} s of CPU time")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
