"""Errors that a person can act on; the command line prints their message and exits with 2."""


class TrainingError(Exception):
    """Bad configuration, bad input rows or a missing artefact of an earlier stage."""
