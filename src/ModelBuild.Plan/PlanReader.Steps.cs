using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ModelBuild.Plan;

/// <content>Steps, and what they call.</content>
internal sealed partial class PlanReader
{
    private EquatableArray<PlanStep> ReadSteps(int nesting)
    {
        var steps = new List<PlanStep>();
        while (TryStart("step"))
        {
            steps.Add(ReadStep(nesting));
        }

        return Array(steps);
    }

    private PlanStep ReadStep(int nesting)
    {
        string name = ReadString();
        Expect(" ");
        string description = ReadString();
        End();
        PlanBinding? binding = TryStart("  bind") ? ReadBinding() : null;
        Start("  call");
        PlanCall call = ReadTarget();
        End();
        var arguments = new List<PlanNamedArgument>();
        while (TryStart(" "))
        {
            string parameter = ReadIdentifier();
            Expect(" ");
            arguments.Add(new PlanNamedArgument(parameter, ReadArgument(0)));
            End();
        }

        call = call with { Arguments = Array(arguments) };
        if (call.Target is not (PlanStep.IfTarget or PlanStep.LoopTarget))
        {
            return new PlanStep(name, description, call) { Binding = binding };
        }

        Require(nesting < MaximumNesting && binding is null, "a step that binds nothing and is not nested too deeply");
        CheckControl(call);
        var blocks = new List<PlanBlock>();
        for (int i = 0; i < (call.Target == PlanStep.IfTarget ? 2 : 1); i++)
        {
            Start("block");
            End();
            blocks.Add(new PlanBlock(ReadSteps(nesting + 1)));
        }

        Start("close");
        End();
        return new PlanStep(name, description, call) { Blocks = Array(blocks) };
    }

    private PlanBinding ReadBinding()
    {
        int tensor = ReadReference('t', _tensors.Count);
        Require(_tensors[tensor] is { Type: PlanType.S64, Location: not PlanLocation.Input }, "an s64 tensor that steps write");
        Dimension length = _tensors[tensor].Length;
        var symbols = new List<PlanBoundSymbol>();
        do
        {
            Expect(symbols.Count == 0 ? " " : ",");
            string symbol = ReadIdentifier();
            Expect("@");
            int element = ReadInt32();
            Require(element >= 0 && length.IsConstant && element < length.Value, "the index of an element");
            symbols.Add(new PlanBoundSymbol(symbol, element));
        }
        while (Peek() == ',');

        Expect(" arena+");
        int region = ToRegion(ReadName(c => c is >= '0' and <= '9'));
        Expect(" bytes=");
        Dimension bytes = ReadDimension();
        bool keeps = Accept(" kept");
        End();
        return new PlanBinding(tensor, Array(symbols), region, bytes) { Keeps = keeps };
    }

    private int ToRegion(string token)
    {
        bool isRegion = int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int region) && region > 0;
        Require(isRegion, "the number of a region");
        return region;
    }

    private PlanArgument ReadArgument(int nesting)
    {
        if (nesting > MaximumNesting)
        {
            throw Error("calls are nested too deeply");
        }

        if (Peek() == '[')
        {
            return new IntegersArgument(ReadList());
        }

        if (Accept("scratch(") || Accept("scratch+"))
        {
            int region = 0;
            if (_line[_position - 1] == '+')
            {
                region = ToRegion(ReadName(c => c is >= '0' and <= '9'));
                Expect("(");
            }

            Dimension offset = ReadDimension();
            Expect(",");
            Dimension length = ReadDimension();
            Expect(")");
            return new ScratchArgument(offset, length) { Region = region };
        }

        int start = _position;
        string token = ReadToken();
        if (token is "true" or "false")
        {
            return new BooleanArgument(token == "true");
        }

        if (token == ThreadsArgument.Word)
        {
            return new ThreadsArgument();
        }

        if (IsReal(token))
        {
            return new FloatArgument(ReadFloat(token));
        }

        _position = start;
        if (IsReference(token, 't'))
        {
            return new TensorArgument(ReadReference('t', _tensors.Count));
        }

        if (IsReference(token, 'c'))
        {
            return new ConstantArgument(ReadReference('c', _constants.Count));
        }

        int open = token.IndexOf('(');
        return open > 0 && IsTarget(WithoutTypes(token.Substring(0, open))) ? ReadCall(nesting) : new IntegerArgument(ReadDimension());
    }

    private PlanCall ReadCall(int nesting)
    {
        PlanCall call = ReadTarget();
        var arguments = new List<PlanNamedArgument>();
        Expect("(");
        while (!Accept(")"))
        {
            if (arguments.Count > 0)
            {
                Expect(", ");
            }

            string parameter = ReadIdentifier();
            Expect("=");
            arguments.Add(new PlanNamedArgument(parameter, ReadArgument(nesting + 1)));
        }

        return call with { Arguments = Array(arguments) };
    }

    /// <summary>What is called, without arguments yet.</summary>
    private PlanCall ReadTarget()
    {
        string name = ReadName(c => CSharpIdentifier.IsPart(c) || c == '.');
        Require(IsTarget(name), "a type, or a type and a method");
        var types = new List<PlanType>();
        while (Accept(types.Count == 0 ? "<" : ","))
        {
            types.Add(ToType(ReadName(CSharpIdentifier.IsPart)));
        }

        if (types.Count > 0)
        {
            Expect(">");
        }

        return new PlanCall(name, EquatableArray<PlanNamedArgument>.Empty) { Types = Array(types) };
    }

    private static string WithoutTypes(string target) => target.IndexOf('<') is > 0 and int types ? target.Substring(0, types) : target;

    private static bool IsTarget(string text) => text.Split('.') is { Length: 1 or 2 } parts && parts.All(CSharpIdentifier.IsName);
}
