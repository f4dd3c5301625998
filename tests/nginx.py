"""A configuration of nginx that keeps all that it writes in a folder of its own."""

_CONF = """\
events {}
http {
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    server { SERVER }
}
"""


def conf_of(server: str) -> str:
    """Return the configuration of a server with these directives."""
    return _CONF.replace("SERVER", server)
