FROM python:3.13.9-slim
WORKDIR /app
COPY deploy/requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps . \
    && useradd --create-home ticketstream \
    && mkdir /data && chown ticketstream /data
USER ticketstream
VOLUME /data
CMD ["ticketstream", "run"]
