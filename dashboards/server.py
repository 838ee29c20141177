"""What Streamlit serves: the pages of app.py, behind the door. `sing dashboard` runs it."""

import os
import socket
from importlib.resources import files

import streamlit as st
from starlette.middleware import Middleware

from dashboards.door import Door
from dashboards.serve import HOSTS

app = st.App(
    str(files("dashboards") / "app.py"),
    middleware=[Middleware(Door, names=[socket.gethostname(), *os.environ.get(HOSTS, "").split()])],
)
