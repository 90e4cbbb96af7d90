//! [`Site`]: what a port answers to requests of HTTP; it can be shared with another thread.

use settings::{Accepts, ListenerPlan};

use super::http;
use super::tls::Authority;

/// What one listener answers to requests.
pub(crate) struct Site {
    accepts: Vec<Accepts>,
    /// The longest head of a request.
    pub max_header_bytes: usize,
    origins: Vec<String>,
    authority: Authority,
    /// The authority vouches for what clients are shown here: it did not come from a file.
    is_vouched_for: bool,
}

impl Site {
    pub fn new(plan: &ListenerPlan, authority: &Authority, has_tls: bool) -> Self {
        let is_known = |accepts: &Accepts| match accepts {
            Accepts::Tls | Accepts::Wss => has_tls,
            Accepts::Http => cfg!(feature = "http"),
            Accepts::Https => cfg!(feature = "http") && has_tls,
            _ => true,
        };
        Self {
            accepts: plan.accepts.iter().copied().filter(is_known).collect(),
            max_header_bytes: plan.max_header_bytes as usize,
            origins: plan.origins.clone(),
            authority: authority.clone(),
            is_vouched_for: has_tls && plan.tls.cert_file.is_empty(),
        }
    }

    pub fn takes(&self, accepts: Accepts) -> bool {
        self.accepts.contains(&accepts)
    }

    /// Whether no client of MQTT comes in here.
    pub fn is_for_http_alone(&self) -> bool {
        !self.accepts.is_empty() && self.accepts.iter().all(|it| it.is_api())
    }

    /// Whether the control API is here, for requests that come so.
    pub fn has_api(&self, encrypted: bool) -> bool {
        self.takes(if encrypted { Accepts::Https } else { Accepts::Http })
    }

    /// Whether the page that sends such a request, if one does, may use the control API.
    pub fn check_page(&self, request: &http::Request) -> Result<(), http::Refusal> {
        http::check_page(request, &self.origins)
    }

    /// Whether the control API may be used under the name that such a request was sent to.
    pub fn check_name(&self, request: &http::Request) -> Result<(), http::Refusal> {
        http::check_name(request, &self.origins)
    }

    /// The answer to a request that is not for the control API.
    pub fn answer(&self, request: &http::Request, encrypted: bool) -> http::Answer {
        let accepts = http::Ways {
            tcp: self.takes(Accepts::Tcp),
            tls: self.takes(Accepts::Tls),
            ws: self.takes(Accepts::Ws),
            wss: self.takes(Accepts::Wss),
        };
        let ca_pem: &dyn Fn() -> Result<String, String> = &|| self.authority.ca_pem();
        let rules = http::Rules {
            origins: &self.origins,
            accepts,
            encrypted,
            ca_pem: self.is_vouched_for.then_some(ca_pem),
        };
        http::answer(request, &rules)
    }
}
