"""Stages of pipelines, and what HubSpot derives from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.hubspot.errors import Problem
from sandbox.hubspot.rows import Properties, Row
from sandbox.hubspot.schema import ObjectType, Pipeline

_WRITABLE = "CRM_PERMISSIONS_ENFORCEMENT"


def calculate(object_type: ObjectType, pipelines: Iterable[Pipeline], properties: Properties, currency: str) -> None:
    """Fill in what HubSpot calculates for deals: closed, won, probability, the amount in the account's currency."""
    if object_type.name != "deals":
        return
    stage_id = properties.get("dealstage")
    metadata = next(
        (stage.metadata for each in pipelines for stage in each.stages if stage.id == stage_id and stage_id), None
    )
    if metadata is not None:
        properties["hs_is_closed"] = metadata["isClosed"]
        is_won = metadata["isClosed"] == "true" and metadata["probability"] == "1.0"
        properties["hs_is_closed_won"] = "true" if is_won else "false"
        properties["hs_deal_stage_probability"] = metadata["probability"]
    if properties.get("deal_currency_code") in (None, currency):
        properties["amount_in_home_currency"] = properties.get("amount")


def check_stage(
    object_type: ObjectType, pipelines: Sequence[Pipeline], before: Row | None, written: Properties
) -> list[Problem]:
    """Return what is wrong with the pipeline and stage that a write leads to; a missing pipeline becomes the first one."""
    pipeline_name, stage_name = object_type.pipeline_property, object_type.stage_property
    assert pipeline_name is not None and stage_name is not None, object_type.name
    if pipeline_name not in written and stage_name not in written:
        return []
    held = before.properties if before is not None else {}
    pipeline_id = written.get(pipeline_name) or held.get(pipeline_name)
    if pipeline_id is None and pipelines:
        pipeline_id = written[pipeline_name] = pipelines[0].id
    live = [each for each in pipelines if not each.is_archived]
    pipeline = next((each for each in live if each.id == pipeline_id), None)
    if pipeline is None:
        told = f"{pipeline_id} was not one of the allowed options: [{', '.join(each.id for each in live)}]"
        return [Problem(name=pipeline_name, code="INVALID_OPTION", message=told)]
    stage_id = written[stage_name] if stage_name in written else held.get(stage_name)
    if stage_id is None or pipeline.stage(stage_id) is not None:
        return []
    options = ", ".join(each.id for each in pipeline.stages if not each.is_archived)
    told = f"{stage_id} is not a valid pipeline stage ID. Valid options are: pipelineId={pipeline.id} : [{options}]"
    return [Problem(name=stage_name, code="INVALID_OPTION", message=told)]


def is_closed_to_api(object_type: ObjectType, pipelines: Iterable[Pipeline], written: Properties) -> bool:
    """Tell whether a write would put a record into a stage that integrations may not write to."""
    stage_id = written.get(object_type.stage_property or "")
    return stage_id is not None and any(
        stage.id == stage_id and stage.write_permissions != _WRITABLE for each in pipelines for stage in each.stages
    )
