"""Reads Kubernetes manifests as YAML on stdin; prints them as JSON, with what their schemas do not take.

Built-in kinds by the schemas that kubernetes-validate carries, fields that these do not know included; those of Temporal's
worker controller by the schemas in the folder that is named, and the pods in them as Kubernetes' own.
"""
import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml

VERSION = "1.37"


def strict(schema):
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        closed["additionalProperties"] = False
    return closed


def built_in(document):
    try:
        kubernetes_validate.validate(document, VERSION, strict=True)
        return []
    except kubernetes_validate.ValidationError as error:
        return [error.message]


def of_the_controller(document, schema):
    schema["properties"]["metadata"] = {"type": "object"}
    found = jsonschema.Draft202012Validator(strict(schema)).iter_errors(document)
    errors = [error.message for error in found]
    template = document["spec"].get("template")
    if template is not None:
        metadata = {"name": document["metadata"]["name"]}
        errors += built_in({"apiVersion": "v1", "kind": "PodTemplate", "metadata": metadata, "template": template})
    return errors


folder = pathlib.Path(sys.argv[1])
documents = [document for document in yaml.safe_load_all(sys.stdin) if document]
errors = []
for document in documents:
    kind = document["kind"]
    path = folder / f"{kind}.json"
    own = document["apiVersion"].startswith("temporal.io/")
    found = of_the_controller(document, json.loads(path.read_text())) if own else built_in(document)
    errors += [f"{kind}: {message}" for message in found]
json.dump({"documents": documents, "errors": errors}, sys.stdout)
