using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// The shapes of what a loop carries from one iteration to the next. A dimension that an iteration changes is a variable: a symbol that
/// is bound before the first iteration and again after each.
/// </summary>
/// <remarks>
/// A node binds three symbols for each such dimension (<see cref="Node.Bound"/>): what it is in an iteration, what it will be in the next,
/// and what it is behind the loop. Behind those it binds, where it collects outputs and data decides how many or how large, the number of
/// iterations and for each output the number so far; and for each dimension of a row that data decides what it is in an iteration and
/// behind the loop.
/// </remarks>
internal sealed class LoopShapes(Node node)
{
    /// <summary>Symbols of one dimension that iterations change.</summary>
    public const int PerVariable = 3;

    private readonly Dictionary<(int Value, int Dimension), Dimension> _variables = [];

    /// <summary>How many values a loop carries.</summary>
    public static int Carried(Graph body) => body.Inputs.Count - body.Captures - 2;

    /// <summary>Gives the inputs of a body their types and shapes.</summary>
    public void Enter(Graph body)
    {
        SetInputs(node, body, (value, index, size) => _variables.GetValueOrDefault((value, index), size));
    }

    /// <summary>The same for a body that has had shapes before.</summary>
    public static void Renew(Node node, Graph body) => SetInputs(
        node, body, (value, index, size) =>
            body.Inputs[2 + value].Shape is { } known && node.Bound.Contains(known[index]) ? known[index] : size);

    /// <summary>Makes variables of the dimensions that an iteration changes.</summary>
    /// <param name="body">Resolved.</param>
    /// <returns>Whether there are any that were not before.</returns>
    public bool Widen(Graph body, InferenceContext context)
    {
        int known = _variables.Count;
        for (int i = 0; i < Carried(body); i++)
        {
            Value before = body.Inputs[2 + i];
            Value after = body.Outputs[1 + i];
            if (before.Type != after.Type || before.KnownShape.Rank != after.KnownShape.Rank)
            {
                throw context.Unsupported(
                    node, $"makes {after.Type}{after.Shape} of '{before.Name}', which was {before.Type}{before.Shape} an iteration before. "
                        + "What a loop carries has to keep its type and number of dimensions.");
            }

            for (int d = 0; d < before.KnownShape.Rank; d++)
            {
                if (!before.KnownShape[d].Equals(after.KnownShape[d]) && !_variables.ContainsKey((i, d)))
                {
                    string name = $"{before.Name}_dim{d}";
                    _variables.Add((i, d), AddVariable(node, context, name));
                    AddVariable(node, context, name + "_next");
                    AddVariable(node, context, name + "_last");
                }
            }
        }

        return _variables.Count > known;
    }

    /// <summary>Makes a symbol that a loop binds.</summary>
    public static Dimension AddVariable(Node node, InferenceContext context, string name)
    {
        string owner = node.Outputs.OfType<Value>().FirstOrDefault()?.Name ?? node.Name;
        Dimension symbol = context.NewVariable?.Invoke($"{owner}_{name}")
            ?? throw new InvalidOperationException($"Node '{node.Name}' (Loop) has lost what it binds.");
        node.Bound.Add(symbol);
        return symbol;
    }

    private static void SetInputs(Node node, Graph body, Func<int, int, Dimension, Dimension> size)
    {
        Bodies.SetCaptures(node, body);

        // The file says whether these two have no dimension or one.
        body.Inputs[0].Set(DataType.Int64, body.Inputs[0].Shape ?? new Shape([]));
        body.Inputs[1].Set(DataType.Bool, body.Inputs[1].Shape ?? new Shape([]));
        for (int i = 0; i < Carried(body); i++)
        {
            Value initial = node.Required(2 + i);
            body.Inputs[2 + i].Set(
                initial.Type,
                new Shape(Enumerable.Range(0, initial.KnownShape.Rank).Select(d => size(i, d, initial.KnownShape[d]))));
        }
    }
}
