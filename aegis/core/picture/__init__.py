"""The dependency picture of a project: one `Picture` from the judgement, drawn as a tree, Mermaid text, SVG or JSON."""
