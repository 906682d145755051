/* How amounts are written, here and in Python: views/units.py reads what this file exports, which is
   therefore plain JSON. A bill is never rounded to hundreds: what stands before the point is
   written in full. thousands: a thin space, which no language reads as a decimal point. telling:
   digits at least, where any are left out. decimals: at most. units: how amounts are rounded, and
   the title of their chart. */
export default {
  "unknown": "unknown",
  "thousands": "\u2009",
  "telling": 3,
  "decimals": 12,
  "prefixes": [
    ["", 1e0], [" k", 1e3], [" M", 1e6], [" G", 1e9], [" T", 1e12], [" P", 1e15], [" E", 1e18],
    [" Z", 1e21]
  ],
  "units": {
    "tokens": ["whole", "Tokens as they were spent"],
    "rollouts": ["whole", ""],
    "money": ["telling", "Money as it was spent"],
    "FLOPs": ["prefixed", "FLOPs as they were spent"],
    "time": ["seconds", "Time as it was spent"]
  }
};
