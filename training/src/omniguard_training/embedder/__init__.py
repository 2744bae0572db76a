"""The embedder of the semantic critic: far apart for a harmful redefinition of a tool, close for a legitimate edit."""
