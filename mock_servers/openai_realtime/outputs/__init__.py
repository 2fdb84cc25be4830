"""What a response can be made of, a file for each kind of output item."""

from __future__ import annotations

from mock_servers.openai_realtime.outputs.function_call import FunctionCall
from mock_servers.openai_realtime.outputs.mcp_approval import McpApproval
from mock_servers.openai_realtime.outputs.mcp_call import McpCall
from mock_servers.openai_realtime.outputs.message import Message, Pace
from mock_servers.openai_realtime.outputs.output import Output, Place, Step

__all__ = ["FunctionCall", "McpApproval", "McpCall", "Message", "Output", "Pace", "Place", "Step"]
