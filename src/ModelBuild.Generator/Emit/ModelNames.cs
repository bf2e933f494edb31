using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>What everything in the generated class is called. Decided once, so that no two things of a scope share a name.</summary>
internal sealed class ModelNames
{
    private static readonly string[] s_objectMembers =
        ["Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];

    private readonly ExecutionPlan _plan;
    private readonly Dictionary<PlanPort, PortNames> _ports = [];
    private readonly Dictionary<string, string> _symbolVariables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _symbolProperties = new(StringComparer.Ordinal);
    private readonly UniqueNames _variables;
    private readonly string[] _constants;

    public ModelNames(ExecutionPlan plan)
    {
        _plan = plan;
        var members = new UniqueNames([.. s_objectMembers, plan.Class.Name]);
        Predict = members.Add("Predict");
        Output = members.Add("Output");
        Run = members.Add("Run");
        Weights = members.Add("s_weights");
        Arenas = members.Add("s_arenas");
        Threads = members.Add("_threads");
        Trim = members.Add("Trim");
        RunSlice = members.Add("RunSlice");
        Constants = members.Add("Constants");
        Engine = members.Add("Engine");
        ConfigureSession = members.Add("ConfigureSession");
        PlanPort[] ports = [.. plan.Inputs, .. plan.Outputs];
        string[] pascal = [.. ports.Select(p => CSharp.PascalCase(p.Identifier))];
        string[] lengths = [.. pascal.Select(p => members.Add(p + "Length"))];
        string[] shapes = [.. pascal.Select(p => members.Add(p + "Shape"))];
        string[] scales = [.. pascal.Select((p, i) => ports[i].Codes is null ? "" : members.Add(p + "Scale"))];
        string[] zeroPoints = [.. pascal.Select((p, i) => ports[i].Codes is null ? "" : members.Add(p + "ZeroPoint"))];

        _variables = new UniqueNames([.. members.Taken, "nameof"]);
        string[] variables = [.. ports.Select(p => _variables.Add(p.Identifier))];
        foreach (string symbol in plan.Symbols.Concat(plan.BoundSymbols))
        {
            _symbolVariables.Add(symbol, _variables.Add(symbol));
        }

        string[] buffers = [.. plan.Outputs.Select(p => _variables.Add(p.Identifier + "Buffer"))];

        // Behind the names that a caller sees as parameters: those are what the model calls them.
        Arena = _variables.Add("arena");
        Context = _variables.Add("context");
        Most = _variables.Add("most");
        Start = _variables.Add("start");
        Count = _variables.Add("count");

        // A member cannot be called like its struct, and many models call their output "output".
        var outputMembers = new UniqueNames([.. s_objectMembers, Output]);
        string[] properties = [.. pascal.Skip(plan.Inputs.Count).Select(p => outputMembers.Add(p == Output ? "Values" : p))];
        foreach (string symbol in plan.Symbols.Concat(plan.BoundSymbols))
        {
            _symbolProperties.Add(symbol, outputMembers.Add(CSharp.PascalCase(symbol)));
        }

        var constants = new UniqueNames([.. s_objectMembers, Constants, Weights]);
        _constants =
            [.. plan.Constants.Select((c, i) => constants.Add(CSharp.Clean(c.Name) ?? "c" + i.ToString(CultureInfo.InvariantCulture)))];
        for (int i = 0; i < ports.Length; i++)
        {
            string property = i < plan.Inputs.Count ? "" : properties[i - plan.Inputs.Count];
            string buffer = i < plan.Inputs.Count ? "" : buffers[i - plan.Inputs.Count];
            _ports.Add(ports[i], new PortNames(variables[i], property, lengths[i], shapes[i], buffer)
            {
                Scale = scales[i], ZeroPoint = zeroPoints[i],
            });
        }
    }

    public string Class => CSharp.Identifier(_plan.Class.Name);

    /// <summary>The method that gives working memory back.</summary>
    public string Trim { get; }

    /// <summary>The method that runs a part of a batch.</summary>
    public string RunSlice { get; }

    /// <summary>The class of named constants.</summary>
    public string Constants { get; }

    /// <summary>The class that holds the model in another engine.</summary>
    public string Engine { get; }

    /// <summary>The method by which a project sets the other engine up.</summary>
    public string ConfigureSession { get; }

    public string Predict { get; }

    public string Output { get; }

    public string Run { get; }

    public string Weights { get; }

    public string Arenas { get; }

    /// <summary>How many threads may work on a call of the instance.</summary>
    public string Threads { get; }

    /// <summary>The variable of the working memory that a call has rented.</summary>
    public string Arena { get; }

    /// <summary>The variable of what the steps of a call run in.</summary>
    public string Context { get; }

    /// <summary>The variable of how many samples of a batch run at once.</summary>
    public string Most { get; }

    /// <summary>The variable of the first sample of a part of a batch.</summary>
    public string Start { get; }

    /// <summary>The variable of how many samples a part of a batch has.</summary>
    public string Count { get; }

    public IReadOnlyDictionary<string, string> SymbolVariables => _symbolVariables;

    public PortNames this[PlanPort port] => _ports[port];

    /// <summary>The port whose memory a tensor is; null for a tensor of the arena. Several tensors can be views of one port.</summary>
    public PlanPort? TryGetPort(PlanTensor tensor) => tensor.Location switch
    {
        PlanLocation.Input => _plan.Inputs[(int)tensor.Offset.Value],
        PlanLocation.Output => _plan.Outputs[(int)tensor.Offset.Value],
        _ => null,
    };

    /// <summary>What the property of the output struct is called that tells what a symbol was.</summary>
    public string SymbolProperty(string symbol) => _symbolProperties[symbol];

    /// <summary>What a constant is called in the class <see cref="Constants"/>.</summary>
    public string Constant(int id) => _constants[id];

    /// <summary>The scope of a method's locals: the parameters are taken.</summary>
    public UniqueNames NewLocals() => new(_variables.Taken);
}

/// <param name="Variable">Parameter or local; without the <c>@</c> of a keyword.</param>
/// <param name="Property">Property of the output struct; empty for an input.</param>
/// <param name="Length">Constant: number of elements.</param>
/// <param name="Shape">Static property: the dimensions.</param>
/// <param name="Buffer">What takes an output of a length that steps find out; empty for an input.</param>
internal sealed record PortNames(string Variable, string Property, string Length, string Shape, string Buffer)
{
    /// <summary>Static property: the scale of codes; empty for a port that has none.</summary>
    public string Scale { get; init; } = "";

    /// <summary>Static property: the zero point of codes; empty for a port that has none.</summary>
    public string ZeroPoint { get; init; } = "";
}
