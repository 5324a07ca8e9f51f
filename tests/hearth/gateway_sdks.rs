//! The seed, and other people's clients: everything that is printed there is run, with
//! `hearth gateway` as the program in front and the emulator behind it. The seed is LiteLLM's
//! page about Claude in Foundry, <https://docs.litellm.ai/docs/providers/azure/azure_anthropic>.
//!
//! | in the seed | runs in |
//! |---|---|
//! | Available Models: the three names | `litellm_client.py` `check_every_way_and_every_model_of_the_seed` |
//! | Authentication: `api-key`, `Authorization: Bearer` | `keys_come_in_every_form_of_the_seed` |
//! | Configuration, option 1: a key in the environment | `litellm_client.py` `check_the_seeds_basic_completion`; `what_the_environment_names_is_asked` |
//! | Configuration, option 2: a token in the environment | `litellm_client.py` `check_the_seeds_tokens`; `what_the_environment_names_is_asked` |
//! | Configuration, the token provider: `AZURE_TENANT_ID` … `AZURE_SCOPE` | `what_the_environment_names_is_asked`, and in a file `an_application_of_a_configuration_signs_in` |
//! | Basic Completion | `litellm_client.py` `check_the_seeds_basic_completion` |
//! | Completion with API Key Parameter | `litellm_client.py` `check_the_seeds_key_as_a_parameter` |
//! | Completion with Azure AD Token | `litellm_client.py` `check_the_seeds_tokens` |
//! | Streaming | `litellm_client.py` `check_the_seeds_streaming`; `openai_client.py` `check_stream` |
//! | Tool Calling | `litellm_client.py` `check_the_seeds_tool`; `openai_client.py` `check_the_seeds_tool` |
//! | Proxy, 1 and 2: the environment and `config.yaml` | every test here that begins with `configuration` |
//! | Proxy, 3: curl | `the_seeds_curl_examples_as_printed` |
//! | Proxy, 3: OpenAI's SDK | `openai_client.py` `check_the_seeds_example` |
//! | Messages API: Anthropic's SDK | `anthropic_client.py` `check_the_seeds_example` |
//! | Messages API: curl through the proxy | `the_seeds_curl_examples_as_printed` |
//! | Supported OpenAI Parameters, each | `openai_client.py`; the tables of `src-tauri/wire/tests/openai` |
//! | `max_tokens` of 4096 without one | `the_seeds_limit_where_there_is_none` |
//! | API Base URL Format, with and without `/v1/messages` | `every_form_of_the_address_is_understood` |
//! | Full Configuration | `litellm_client.py` and `openai_client.py` `check_the_seeds_whole_configuration` |
//! | Troubleshooting: a missing address, a missing key | `gateway.rs` `what_cannot_be_served_is_refused_with_what_to_do` |
//!
//! The clients are installed under the build folder, in the versions that stand in `sdks`.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

#[path = "sdks/clients.rs"]
mod clients;
#[path = "sdks/installing.rs"]
mod installing;
#[path = "sdks/program.rs"]
mod program;
#[path = "sdks/seed.rs"]
mod seed;
#[path = "sdks/snippets.rs"]
mod snippets;
