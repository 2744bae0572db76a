"""The six actions in the fixed order of src/contract/actions.ts; the n-th answers to the n-th label letter."""

ACTIONS = ("ALLOW", "BLOCK", "SPOTLIGHT", "SEMANTIC_DIFF", "CAPABILITY_MEDIATION", "REVOKE_STDIO")
LABELS = ("A", "B", "C", "D", "E", "F")
ALLOW = 0
