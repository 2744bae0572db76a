"""Training of OmniGuard's defender models; see README.md beside the package for the stages."""
