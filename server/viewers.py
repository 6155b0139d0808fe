"""Who looks, in the words of the access matrix: an agent's post, out of the roster and the institution's teams."""

from __future__ import annotations

from crm_bridge.access import Role, Viewer
from crm_bridge.work import PROTECTED, SECOND, Hand
from dialplans.institution import Institution
from queues.agents import Agent


def viewer_of(agent: Agent, institution: Institution) -> Viewer:
    """Give an agent's post. Named for protected persons is whoever was trained in that subject, by name."""
    return Viewer(agent.name, _role(agent, institution), PROTECTED in agent.skills)


def _role(agent: Agent, institution: Institution) -> Role:
    team = institution.routing.teams.get(agent.team)
    if team is not None and team.external:
        return Role.PROVIDER
    return Role.SPECIALIST if agent.level >= SECOND else Role.AGENT


def hand_of(agent: Agent, institution: Institution) -> Hand:
    """Give an agent as one who could take back-office work."""
    return Hand(viewer_of(agent, institution), agent.level, agent.skills)
