//! Drawing plans, diagnostics, trees and outcomes as text or JSON.
