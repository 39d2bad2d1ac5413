"""Render's objects as its OpenAPI document describes them, made from the small configurations."""

from collections.abc import Mapping
from typing import Any

from sandbox.doubles.render.config import DatabaseConfig, DiskConfig, EnvGroupConfig, Owner, ServiceConfig
from sandbox.doubles.render.wire import stamp


def owner_object(owner: Owner) -> dict[str, Any]:
    return {"id": owner.id, "name": owner.name, "email": owner.email, "type": owner.type}


def service_object(config: ServiceConfig, owner: Owner) -> dict[str, Any]:
    created = stamp(config.created_at)
    return {
        "id": config.id,
        "name": config.name,
        "ownerId": owner.id,
        "slug": config.name,
        "type": "web_service",
        "autoDeploy": config.auto_deploy,
        "autoDeployTrigger": "commit" if config.auto_deploy == "yes" else "off",
        "branch": config.branch,
        "repo": config.repo,
        "rootDir": config.root_dir,
        "createdAt": created,
        "updatedAt": created,
        "dashboardUrl": f"https://dashboard.render.com/web/{config.id}",
        "notifyOnFail": "default",
        "suspended": "suspended" if config.suspended else "not_suspended",
        "suspenders": ["user"] if config.suspended else [],
        "serviceDetails": _details(config),
    }


def _details(config: ServiceConfig) -> dict[str, Any]:
    commands = {"buildCommand": config.build_command, "startCommand": config.start_command}
    if config.pre_deploy_command:
        commands["preDeployCommand"] = config.pre_deploy_command
    return {
        "env": config.runtime,
        "runtime": config.runtime,
        "envSpecificDetails": commands,
        "plan": config.plan,
        "region": config.region,
        "numInstances": 1,
        "buildPlan": "starter",
        "healthCheckPath": config.health_check_path,
        "openPorts": [{"port": 10000, "protocol": "TCP"}],
        "url": config.url or f"https://{config.name}.onrender.com",
        "maintenanceMode": {"enabled": False, "uri": ""},
        "maxShutdownDelaySeconds": 30,
        "previews": {"generation": "off"},
        "pullRequestPreviewsEnabled": "no",
    }


def group_object(config: EnvGroupConfig, owner: Owner, names: Mapping[str, str]) -> dict[str, Any]:
    created = stamp(config.created_at)
    return {
        "id": config.id,
        "name": config.name,
        "ownerId": owner.id,
        "createdAt": created,
        "updatedAt": created,
        "serviceLinks": [{"id": id_, "name": names[id_], "type": "web"} for id_ in config.services],
        "envVars": [{"key": key, "value": value} for key, value in config.env_vars.items()],
        "secretFiles": [],
    }


def database_object(config: DatabaseConfig, owner: Owner) -> dict[str, Any]:
    created = stamp(config.created_at)
    database: dict[str, Any] = {
        "id": config.id,
        "name": config.name,
        "databaseName": config.name.replace("-", "_"),
        "databaseUser": f"{config.name.replace('-', '_')}_user",
        "plan": config.plan,
        "region": config.region,
        "version": "17",
        "status": config.status,
        "role": "primary",
        "suspended": "not_suspended",
        "suspenders": [],
        "highAvailabilityEnabled": False,
        "diskSizeGB": 15,
        "diskAutoscalingEnabled": False,
        "readReplicas": [],
        "ipAllowList": [],
        "owner": owner_object(owner),
        "project": {},
        "dashboardUrl": f"https://dashboard.render.com/d/{config.id}",
        "createdAt": created,
        "updatedAt": created,
    }
    if config.expires_at is not None:
        database["expiresAt"] = stamp(config.expires_at)
    return database


def disk_object(config: DiskConfig) -> dict[str, Any]:
    created = stamp(config.created_at)
    return {
        "id": config.id,
        "name": config.name,
        "sizeGB": config.size_gb,
        "mountPath": config.mount_path,
        "serviceId": config.service_id,
        "createdAt": created,
        "updatedAt": created,
    }
