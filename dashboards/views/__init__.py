"""One page a module: its question, how to read the answer, choices, chart, table.

Not called pages: Streamlit would draw each file of such a folder as a page of its own.
"""
