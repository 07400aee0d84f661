"""The course on The Littlest JupyterHub: this file goes into `/opt/tljh/config/jupyterhub_config.d/`. See README.md.

TLJH makes an account of the machine for each learner, so that they cannot read each other's files.
"""

c = get_config()  # type: ignore[name-defined]  # noqa: F821, given by JupyterHub
c.Spawner.cmd = ["/opt/tljh/user/bin/ganwidgets", "singleuser"]
c.Spawner.args = ["--MappingKernelManager.cull_idle_timeout=7200"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
# One thread for each learner, as in jupyterhub_config.py, and the faces' pictures, drawn once and read by all.
c.Spawner.environment = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "GANWIDGETS_CACHE": "/opt/tljh/user/share/ganwidgets",
    # Hints and solutions are held back by `ganwidgets teach --hold /opt/tljh/user/share/ganwidgets`; else all are out.
    "GANWIDGETS_RELEASE": "/opt/tljh/user/share/ganwidgets/ganwidgets-release.json",
}
