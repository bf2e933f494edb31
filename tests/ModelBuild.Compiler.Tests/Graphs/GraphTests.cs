using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Tests.Graphs;

public sealed class GraphTests
{
    /// <summary>Large enough that an edit whose cost grows with the graph would be noticed by whoever waits for the test.</summary>
    private const int Many = 200_000;

    private readonly Graph _graph = new();

    [Fact]
    public void NewValue_NamesThatAreTaken_GetTheNextNumber()
    {
        _graph.Reserve("x_2");

        string[] names = [.. Enumerable.Range(0, 4).Select(_ => _graph.NewValue("x", DataType.Float32).Name)];

        Assert.Equal(["x", "x_1", "x_3", "x_4"], names);
    }

    [Fact]
    public void NewValue_ManyEqualNames_NumbersThemInOrder()
    {
        for (int i = 0; i < Many; i++)
        {
            Assert.Equal(i == 0 ? "x" : $"x_{i}", _graph.NewValue("x", DataType.Float32).Name);
        }
    }

    [Fact]
    public void Nodes_NodeAddedBeforeWhatItReads_ComesAfterIt()
    {
        Value input = Input();
        Value middle = _graph.NewValue("middle", DataType.Float32);
        Node last = Unary("last", middle);
        Node first = _graph.Add(new Node(Domains.Onnx, "Relu", "first", [input], [middle]));

        Assert.Equal([first, last], _graph.Nodes);
    }

    [Fact]
    public void Nodes_InputMovedToALaterNode_FollowsIt()
    {
        Value input = Input();
        Node a = Unary("a", input);
        Node b = Unary("b", input);
        Node c = Unary("c", input);

        a.SetInput(0, c.Output);

        Assert.Equal([c, a, b], _graph.Nodes);
    }

    [Fact]
    public void Nodes_Cycle_IsRefused()
    {
        Node a = Unary("a", Input());
        Node b = Unary("b", a.Output);
        a.SetInput(0, b.Output);

        Assert.Contains("cycle", Assert.Throws<InvalidOperationException>(() => _graph.Nodes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Consumers_ManyReadersThatLeave_ShrinkInOrder()
    {
        Value constant = _graph.NewConstant("c", Tensor.Scalar(1));
        Node[] readers = [.. Enumerable.Range(0, Many).Select(i => Unary($"n{i}", constant))];
        for (int i = Many - 1; i >= 0; i--)
        {
            if (i % 2 == 1)
            {
                readers[i].SetInput(0, null);
            }
        }

        Assert.Equal(readers.Where((_, i) => i % 2 == 0), constant.Consumers);
    }

    [Fact]
    public void Remove_ManyNodes_LeavesTheOthersInOrder()
    {
        Value input = Input();
        Node[] nodes = [.. Enumerable.Range(0, Many).Select(i => Unary($"n{i}", input))];
        foreach (Node node in nodes.Where((_, i) => i % 3 != 0))
        {
            _graph.Remove(node);
        }

        Assert.Equal(nodes.Where((_, i) => i % 3 == 0), _graph.Nodes);
        Assert.All(nodes, (node, i) => Assert.Equal(i % 3 == 0, node.Graph is not null));
    }

    [Fact]
    public void RemoveDead_LastReaderGone_TakesTheWholeChain()
    {
        Value value = Input();
        Value start = value;
        for (int i = 0; i < Many; i++)
        {
            value = Unary($"n{i}", value).Output;
        }

        Node kept = Unary("kept", start);
        _graph.Outputs.Add(kept.Output);
        _graph.Outputs.Add(value);
        _graph.RemoveDead();
        Assert.Equal(Many + 1, _graph.Nodes.Count);

        _graph.Outputs.RemoveAt(1);
        _graph.RemoveDead();
        Assert.Equal([kept], _graph.Nodes);
        Assert.Equal([kept], start.Consumers);
    }

    [Fact]
    public void IsOutput_ValueThatStandsTwice_IsOneUntilBothAreGone()
    {
        Value value = Unary("a", Input()).Output;
        Value other = Unary("b", value).Output;
        _graph.Outputs.AddRange([value, value]);

        _graph.Outputs[0] = other;
        Assert.True(_graph.IsOutput(value));
        _graph.Outputs[1] = other;
        Assert.False(_graph.IsOutput(value));
    }

    [Fact]
    public void Clone_EditOfTheCopy_LeavesTheOriginal()
    {
        Node a = Unary("a", Input());
        _graph.Outputs.Add(a.Output);
        Graph copy = _graph.Clone();

        copy.Remove(copy.Nodes[0]);

        Assert.Same(_graph, a.Graph);
        Assert.Equal([a], _graph.Nodes);
        Assert.Empty(copy.Nodes);
    }

    private Value Input()
    {
        Value value = _graph.NewValue("input", DataType.Float32, Shape.Of(1));
        _graph.Inputs.Add(value);
        return value;
    }

    private Node Unary(string name, Value input) =>
        _graph.Add(new Node(Domains.Onnx, "Relu", name, [input], [_graph.NewValue($"{name}_output", DataType.Float32, Shape.Of(1))]));
}
