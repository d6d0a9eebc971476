// The interface, out of its own description; nothing is asked of any other server.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", validatorUrl: null, deepLinking: true, docExpansion: "list" });
