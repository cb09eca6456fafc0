from .plan import Project, ProjectLink, ProjectParty, Section, StepTemplate
from .update import Document, Milestone, Stage, Update

__all__ = [
    "Document",
    "Milestone",
    "Project",
    "ProjectLink",
    "ProjectParty",
    "Section",
    "Stage",
    "StepTemplate",
    "Update",
]
