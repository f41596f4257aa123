# Undertone in a container: docs/deploying.md says how it is run, and what of this was tried where.
#
#   docker build --target predict -t undertone .        the command line and the service
#   docker build --target full -t undertone-app .       the app, with what training takes
ARG PYTHON=python:3.11.15-slim-bookworm@sha256:b18992999dbe963a45a8a4da40ac2b1975be1a776d939d098c647482bcad5cba

FROM ${PYTHON} AS base
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1
# A number, so that a cluster can see that it is not root.
RUN groupadd --gid 10001 undertone && useradd --uid 10001 --gid 10001 --create-home undertone

FROM base AS predict-packages
WORKDIR /source
COPY requirements.txt requirements-dev.txt ./
# Extras by name, versions by the pins that CI tries.
RUN grep -hE '^[a-z0-9-]+==' requirements.txt requirements-dev.txt > pins.txt \
    && python -m venv /opt/undertone
COPY pyproject.toml README.md LICENSE ./
COPY ser_core ser_core
COPY models models
COPY data data
RUN /opt/undertone/bin/python -m pip install --constraint pins.txt '.[annotations,dask,remote,service]'

FROM base AS full-packages
WORKDIR /source
COPY requirements.txt ./
RUN python -m venv /opt/undertone \
    && /opt/undertone/bin/python -m pip install --requirement requirements.txt

# The app runs from its folder, which nobody in the container can change.
FROM base AS full
COPY --from=full-packages /opt/undertone /opt/undertone
WORKDIR /app
COPY streamlit_app.py LICENSE ./
COPY .streamlit .streamlit
COPY pages pages
COPY ui ui
COPY ser_core ser_core
COPY models models
COPY data data
# Code is compiled here once, instead of at each start.
RUN /opt/undertone/bin/python -m compileall -q streamlit_app.py pages ui ser_core \
    && install --directory --owner=undertone --group=undertone /runs
# What was fetched stays with the runs: there is no other place to write to that lasts.
ENV PATH=/opt/undertone/bin:$PATH SER_RUNS=/runs XDG_CACHE_HOME=/runs/.cache
VOLUME /runs
USER 10001:10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "streamlit_app.py", "--server.headless=true", "--server.address=0.0.0.0", "--server.port=8501"]

# Last, so that `docker build .` makes it.
FROM base AS predict
COPY --from=predict-packages /opt/undertone /opt/undertone
ENV PATH=/opt/undertone/bin:$PATH
WORKDIR /home/undertone
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["undertone"]
CMD ["serve", "--host", "0.0.0.0"]
