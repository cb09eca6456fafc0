from projects.models.plan import MilestoneTemplate, Project, ProjectGroup, ProjectLink, ProjectParty
from projects.models.update import Milestone, ProgressUpdate, ProjectDocument, Stage

__all__ = [
    "ProjectDocument",
    "Milestone",
    "Project",
    "ProjectLink",
    "ProjectParty",
    "ProjectGroup",
    "Stage",
    "MilestoneTemplate",
    "ProgressUpdate",
]
