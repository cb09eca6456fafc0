from .plan import Project, ProjectLink, ProjectParty, Section, StepTemplate
from .update import Milestone, Stage, Update

__all__ = ["Milestone", "Project", "ProjectLink", "ProjectParty", "Section", "Stage", "StepTemplate", "Update"]
