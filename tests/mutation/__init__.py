"""Each guard taken away once: what stands behind the promise is needed, and its absence is seen."""
