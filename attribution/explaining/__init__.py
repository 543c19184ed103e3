"""From a text and a label to an explanation; the contrast of two labels; a long text in parts."""
