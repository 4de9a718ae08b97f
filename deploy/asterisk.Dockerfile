# Asterisk 22 as Debian packages it (its stable release has none); the same packages as `callwright asterisk bootstrap`.
FROM debian:sid-slim
RUN groupadd -g 5060 asterisk && useradd -u 5060 -g asterisk -d /var/lib/asterisk asterisk \
    && apt-get update -q && apt-get install -y -q --no-install-recommends \
       asterisk asterisk-modules asterisk-core-sounds-en-wav asterisk-moh-opsound-wav espeak-ng \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /var/run/asterisk /usr/share/asterisk/sounds/callwright /var/lib/asterisk/keys \
    && chown -R asterisk:asterisk /var/run/asterisk /var/spool/asterisk /var/log/asterisk /var/lib/asterisk \
       /usr/share/asterisk/sounds/callwright \
    && ln -sfn /usr/share/asterisk/moh /var/lib/asterisk/moh
USER asterisk
