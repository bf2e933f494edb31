using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

/// <summary>Which symbols of a plan are parameters, locals and results of methods.</summary>
public sealed class SymbolTests
{
    private static readonly EquatableArray<PlanNamedArgument> s_none = EquatableArray<PlanNamedArgument>.Empty;

    /// <summary>A method gives back what it binds where the very next step reads it, and only what is read.</summary>
    [Fact]
    public void Results_SymbolsReadRightBehind_AreGivenBack()
    {
        var binding = new PlanBinding(0, new([new PlanBoundSymbol("next", 0), new PlanBoundSymbol("unread", 1)]), 1, Dimension.Zero);
        PlanStep first = Step("first") with { Binding = binding };
        PlanStep second = Step("second");
        ExecutionPlan plan = TestPlans.WithArguments([]) with
        {
            BoundSymbols = new(["next", "unread"]), Steps = new([first, second]),
        };
        var scopes = new BindingScopes(plan, [], step => step == second ? ["next"] : []);

        Assert.Equal(["next"], scopes.Results(new StepSequence([first], 0)));
        Assert.Empty(scopes.Results(new StepSequence([first, second], 0)));
    }

    /// <summary>The length of an input without elements says nothing of its other dimensions.</summary>
    [Fact]
    public void Find_InputWithoutElements_LeavesItsSymbolToTheCaller()
    {
        ExecutionPlan plan = TestPlans.WithArguments(["rows"]);
        PlanTensor empty = plan.Tensors[0] with { Shape = new([Dimension.Symbol("rows"), Dimension.Zero]) };

        Assert.Equal(["rows"], SymbolSources.Find(plan).Derived.Select(d => d.Symbol));
        var sources = SymbolSources.Find(plan with { Tensors = new([empty, plan.Tensors[1]]) });

        Assert.Empty(sources.Derived);
        Assert.Equal(["rows"], sources.Parameters);
    }

    /// <summary>Nor does the length of one whose other dimensions may be 0, since their range begins there.</summary>
    [Fact]
    public void Find_InputThatMayHaveNoElements_LeavesItsSymbolToTheCaller()
    {
        ExecutionPlan plan = TestPlans.WithArguments(["rows", "columns"]);
        PlanTensor matrix = plan.Tensors[0];
        PlanTensor row = matrix with { Name = "row", Shape = new([Dimension.Symbol("columns")]), Offset = Dimension.One };
        plan = plan with
        {
            Inputs = new([plan.Inputs[0], new PlanPort("row", "row", 2)]), Tensors = new([matrix, plan.Tensors[1], row]),
        };

        Assert.Equal(["columns", "rows"], SymbolSources.Find(plan).Derived.Select(d => d.Symbol));
        var sources = SymbolSources.Find(plan with { Ranges = new([new PlanRange("columns", 0, 8)]) });

        Assert.Equal(["columns"], sources.Derived.Select(d => d.Symbol));
        Assert.Equal(["rows"], sources.Parameters);
    }

    /// <summary>A length is divided by the columns, which therefore are not none, to find the rows, which may be.</summary>
    [Fact]
    public void Least_SymbolThatALengthIsDividedBy_IsOne()
    {
        ExecutionPlan plan = TestPlans.WithArguments(["rows", "columns"]);
        PlanTensor matrix = plan.Tensors[0];
        PlanTensor row = matrix with { Name = "row", Shape = new([Dimension.Symbol("columns")]), Offset = Dimension.One };
        PlanTensor output = plan.Tensors[1] with { Shape = matrix.Shape };

        var sources = SymbolSources.Find(plan with
        {
            Inputs = new([plan.Inputs[0], new PlanPort("row", "row", 2)]), Tensors = new([matrix, output, row]),
        });

        Assert.Equal(["columns", "rows"], sources.Derived.Select(d => d.Symbol));
        Assert.Equal(1, sources.Least("columns"));
        Assert.Equal(0, sources.Least("rows"));
    }

    /// <summary>
    /// A symbol follows from a length where all else that the length depends on is known, and nowhere else: in [n, n] it does not. All
    /// pairs of inputs of up to three dimensions.
    /// </summary>
    [Fact]
    public void Find_InputsOfAnyShapes_DerivesWhatTheirLengthsTell()
    {
        Dimension a = Dimension.Symbol("a");
        Dimension b = Dimension.Symbol("b");
        Dimension[] sizes = [a, b, Dimension.Constant(3), a + 1, a * b];
        EquatableArray<Dimension>[] shapes =
        [
            new([a]), .. sizes.SelectMany(x => sizes.Select(y => new EquatableArray<Dimension>([x, y]))),
            .. sizes.SelectMany(x => sizes.Select(y => new EquatableArray<Dimension>([x, y, b]))),
        ];
        int derived = 0;
        foreach (EquatableArray<Dimension> first in shapes)
        {
            foreach (EquatableArray<Dimension> second in shapes)
            {
                derived += CheckSources(first, second);
            }
        }

        Assert.InRange(derived, 1, int.MaxValue);
    }

    /// <summary>Computes symbols from the lengths of inputs as the code does.</summary>
    /// <returns>How many there are.</returns>
    private static int CheckSources(EquatableArray<Dimension> first, EquatableArray<Dimension> second)
    {
        ExecutionPlan plan = TestPlans.WithArguments(["a", "b"]);
        PlanTensor x = plan.Tensors[0] with { Shape = first };
        PlanTensor z = x with { Name = "z", Shape = second, Offset = Dimension.One };
        plan = plan with
        {
            Inputs = new([plan.Inputs[0], new PlanPort("z", "z", 2)]), Tensors = new([x, plan.Tensors[1], z]),
        };
        var sources = SymbolSources.Find(plan);
        var actual = new Dictionary<string, long> { ["a"] = 4, ["b"] = 7 };
        var known = new Dictionary<string, long>();
        foreach (DerivedSymbol symbol in sources.Derived)
        {
            long length = plan.Tensors[symbol.Input.Tensor].Length.Evaluate(actual);
            known.Add(symbol.Symbol, length / symbol.Others.Evaluate(known));
        }

        Assert.All(known, pair => Assert.Equal(actual[pair.Key], pair.Value));
        Assert.Equal(["a", "b"], known.Keys.Concat(sources.Parameters).Order(StringComparer.Ordinal));

        // Nothing is asked for that a length tells: as many of one symbol as a dimension has, times what is known.
        Assert.DoesNotContain(sources.Parameters, p => plan.Inputs.Select(i => plan.Tensors[i.Tensor].Shape).Any(shape =>
            shape.Contains(Dimension.Symbol(p))
            && shape.SelectMany(d => d.Symbols).Where(s => !known.ContainsKey(s)).SequenceEqual([p])));
        return known.Count;
    }

    private static PlanStep Step(string name) => new(name, "", new PlanCall("Kernel.Method", s_none));
}
