"""How Streamlit is started: on this machine only, without telemetry, in our colors."""

import sys
from importlib.resources import files

#: Settings of Streamlit, by its names.
SETTINGS = {
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    # Pages go by the run that the frame lets choose; Streamlit's own list would lose it.
    "client.showSidebarNavigation": "false",
    "logger.hideWelcomeMessage": "true",
    "logger.level": "warning",
    "runner.magicEnabled": "false",
    "server.enableStaticServing": "false",
    "server.fileWatcherType": "none",
    "server.headless": "true",
    # Nothing is ever uploaded.
    "server.maxUploadSize": "1",
    "theme.light.primaryColor": "#0067A3",
    "theme.dark.primaryColor": "#4DB2F0",
    # Captions are this at three fifths, which then is 4.5 to 1 against white.
    "theme.light.textColor": "#10131A",
}


#: Where the pages' process finds the names that they are called by, with spaces between them.
HOSTS = "SING_HOSTS"


def command(address: str, port: int, base_path: str = "") -> list[str]:
    """Return the command line that serves the pages, below a base path if there is one."""
    flags = [f"--{name}={value}" for name, value in SETTINGS.items()]
    script = str(files("dashboards") / "server.py")
    return [
        sys.executable, "-m", "streamlit", "run", script, f"--server.address={address}",
        f"--server.port={port}", f"--server.baseUrlPath={base_path}", *flags,
    ]  # fmt: skip
