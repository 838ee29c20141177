# Untried: written where no engine was at hand. For a CPU; features and results go to /data.
FROM python:3.11-slim
COPY . /opt/sing
RUN pip install --no-cache-dir --constraint /opt/sing/constraints.txt "/opt/sing[map]" \
    && useradd --create-home sing && mkdir /data && chown sing /data
USER sing
ENV SING_DATA=/data
ENTRYPOINT ["sing"]
CMD ["dashboard", "--address", "0.0.0.0"]
