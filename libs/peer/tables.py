"""Every table of the product, imported in one place, for migrations and tests to compare with."""

from libs.jobs.table import Job
from libs.peer.accounts.models import Account, SignInLink
from libs.peer.agencies.models import Onboarding
from libs.peer.agreements.models import Agreement
from libs.peer.answers.models import KeptAnswer
from libs.peer.approvals.models import Approval, Approver
from libs.peer.attempts.models import ContactAttempt
from libs.peer.callouts.models import Callout, Copy
from libs.peer.clients.models import AccessToken, Client, ClientAssertion
from libs.peer.contacts.models import ContactCell
from libs.peer.deployments.models import Deployment, Invitation, ResponseWindow, RunCard, Slot
from libs.peer.desk.models import Setting
from libs.peer.events.models import Event
from libs.peer.exchanges.models import Exchange
from libs.peer.followups.models import FollowUp
from libs.peer.hardcalls.models import HardCallRule, PrivateOffer, Station
from libs.peer.incidents.models import Incident
from libs.peer.intranet.models import IntranetPlace, NotShown, Photo
from libs.peer.limits.models import Away, Drive, LimitPolicy, Limits, Reach
from libs.peer.matching.models import Decision
from libs.peer.offers.models import Offer, Page
from libs.peer.passkeys.models import AccountNews, Challenge, Passkey
from libs.peer.policies.models import PagingPolicy
from libs.peer.provisioning.models import DeskPerson, ProvisioningToken
from libs.peer.reaching.models import ChannelCode
from libs.peer.receipts.models import ReceiptRoute
from libs.peer.registry.models import PsapEntry, RegistryChange, RegistryImport
from libs.peer.requests.models import Request
from libs.peer.sessions.models import SignIn
from libs.peer.shifts.models import (
    CalendarFeed,
    Duty,
    Rotation,
    RotationPlace,
    Schedule,
    ShiftOverride,
    SignUp,
    Swap,
    SwapNotice,
)
from libs.peer.sso.models import SignOnAttempt, SignOnIdentity, SignOnLogout, SignOnProvider
from libs.peer.teams.models import Availability, Member, Membership, PeerTeam, TrainingModule
from libs.peer.waits.models import TimeFigure, TimeMark, Unanswered
from libs.peer.webhooks.models import WebhookDelivery, WebhookEndpoint
from libs.tenancy.models import Agency, Region

ALL = (
    Region,
    Agency,
    PsapEntry,
    RegistryImport,
    RegistryChange,
    Onboarding,
    Account,
    SignInLink,
    SignIn,
    Passkey,
    Challenge,
    AccountNews,
    SignOnProvider,
    SignOnIdentity,
    SignOnAttempt,
    SignOnLogout,
    Client,
    ClientAssertion,
    AccessToken,
    ProvisioningToken,
    DeskPerson,
    ReceiptRoute,
    Callout,
    Copy,
    Offer,
    Page,
    PagingPolicy,
    ContactAttempt,
    TimeMark,
    TimeFigure,
    Unanswered,
    PeerTeam,
    Member,
    Membership,
    TrainingModule,
    Availability,
    Limits,
    Away,
    Reach,
    ChannelCode,
    LimitPolicy,
    Drive,
    IntranetPlace,
    NotShown,
    Photo,
    ContactCell,
    Decision,
    Approval,
    Approver,
    Agreement,
    Exchange,
    FollowUp,
    Incident,
    Deployment,
    Slot,
    Invitation,
    RunCard,
    ResponseWindow,
    HardCallRule,
    Station,
    PrivateOffer,
    KeptAnswer,
    Schedule,
    Rotation,
    RotationPlace,
    SignUp,
    Swap,
    ShiftOverride,
    Duty,
    SwapNotice,
    CalendarFeed,
    WebhookEndpoint,
    WebhookDelivery,
    Job,
    Event,
    Request,
    Setting,
)
