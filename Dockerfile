FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --uid 10001 --create-home app
WORKDIR /app

COPY requirements.lock requirements-nodeps.lock ./
RUN pip install --require-hashes -r requirements.lock \
    && pip install --require-hashes --no-deps -r requirements-nodeps.lock

COPY . .
# The key serves this step alone: nothing of it is left in the image, and production asks for its own.
RUN export SECRET_KEY=only-while-building \
    && python manage.py build_assets \
    && python manage.py collectstatic --noinput \
    && mkdir -p var/beat var/files \
    && chown -R app:app var

USER app
ENV DEPLOYMENT=production BIND=0.0.0.0:8000
EXPOSE 8000
CMD ["gunicorn", "chuyendoiso.wsgi"]
