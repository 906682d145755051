"""Measuring lanes: right values of plans, regret, sweeps, figures of a dev set."""
